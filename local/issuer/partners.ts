import type { Engine } from "../engine/engine.ts";
import { ACCOUNT_CLAIM } from "../functions.ts";

/** Someone who may sign in at the local issuer. */
export interface Partner {
  /** Identifies the partner in the login form, and is the `sub` of the tokens. */
  readonly key: string;
  readonly name: string;
  /** The form's text beside the name. */
  readonly about: string;
  /** The claims of the tokens that say whose figures the partner may see. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** The account that `npm start` grants every reseller of the lake, 1,000 at most. */
export const SAMPLE_ACCOUNT = "acc00000-0000-4000-8000-000000000001";

/** A token that lists as many resellers stays under the gateway's 10,240 bytes. A token for more names an account. */
const MOST_IN_TOKEN = 100;

/** Reads the partners from the lake: each of its resellers, all of them together, and one without any. */
export async function partnersOf(engine: Engine): Promise<Partner[]> {
  const { rows } = await engine.run(
    "SELECT reseller_id, min(name), min(internal_id) FROM resellers GROUP BY reseller_id ORDER BY 2, 1",
    [],
    new AbortController().signal,
  );
  const resellers = rows.flatMap(([id, name, internalId]) => {
    const shown = [name, internalId].find((text) => (text ?? "").trim() !== "");
    return id === null || id === undefined ? [] : [{ id, name: shown ?? id }];
  });
  const ids = resellers.map(({ id }) => id);
  const ofAll = ids.length > MOST_IN_TOKEN ? { [ACCOUNT_CLAIM]: SAMPLE_ACCOUNT } : { reseller_ids: ids };
  return [
    ...resellers.map(({ id, name }) => ({
      key: id,
      name,
      about: "Account with one reseller",
      claims: { reseller_ids: [id] },
    })),
    { key: "all", name: "Head office", about: `Account with all resellers: ${ids.length}`, claims: ofAll },
    { key: "none", name: "New partner", about: "Account without resellers", claims: { reseller_ids: [] } },
  ];
}
