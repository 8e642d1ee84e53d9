import { readFileSync } from "node:fs";
import { join } from "node:path";

const GUIDE = join(import.meta.dirname, "..", "..", "docs", "guide.md");

/** The text of docs/guide.md. */
export function guideText(): string {
  return readFileSync(GUIDE, "utf8");
}

/** Adds the guide to the contract, as the description before the operations. */
export function withGuide<Info extends object, Contract extends { readonly info: Info }>(contract: Contract) {
  return { ...contract, info: { ...contract.info, description: guideText() } };
}
