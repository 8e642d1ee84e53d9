import type { Engine } from "../engine/engine.ts";

/** Someone who may sign in at the local issuer. */
export interface Partner {
  /** Identifies the partner in the login form, and is the `sub` of the tokens. */
  readonly key: string;
  readonly name: string;
  /** The form's text beside the name. */
  readonly about: string;
  /** The value of the tokens' claim. */
  readonly resellerIds: readonly string[];
}

/** This many partners fit on a page, and a token with as many resellers stays under the gateway's 10,240 bytes. */
const MOST = 100;

/** Reads the partners from the lake: each of its resellers, all of them together, and one without any. */
export async function partnersOf(engine: Engine): Promise<Partner[]> {
  const { rows } = await engine.run(
    "SELECT reseller_id, min(name), min(internal_id) FROM resellers GROUP BY reseller_id ORDER BY 2, 1",
    [],
    new AbortController().signal,
  );
  const resellers = rows.slice(0, MOST).flatMap(([id, name, internalId]) => {
    const shown = [name, internalId].find((text) => (text ?? "").trim() !== "");
    return id === null || id === undefined ? [] : [{ id, name: shown ?? id }];
  });
  const ids = resellers.map(({ id }) => id);
  const some = rows.length > ids.length ? `the first ${ids.length} of ${rows.length}` : String(ids.length);
  return [
    ...resellers.map(({ id, name }) => ({
      key: id,
      name,
      about: "Account with one reseller",
      resellerIds: [id],
    })),
    { key: "all", name: "Head office", about: `Account with all resellers: ${some}`, resellerIds: ids },
    { key: "none", name: "New partner", about: "Account without resellers", resellerIds: [] },
  ];
}
