import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Kept, memory } from "../../portal/memory.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function kept(value: string, more: Partial<Kept<string>> = {}): Kept<string> {
  return { value, at: new Date(), took: 1, confirmedAt: undefined, etag: '"tag"', size: 10, ...more };
}

describe("the memory", () => {
  test("finds what it keeps, by the whole path", () => {
    const answers = memory<string>();
    answers.keep("/a?start_date=2026-04-01", kept("April"));
    expect(answers.find("/a?start_date=2026-04-01")?.value).toBe("April");
    expect(answers.find("/a?start_date=2026-05-01")).toBeUndefined();
  });

  test("keeps an answer with an entity tag, and one without for five minutes", () => {
    const answers = memory<string>();
    answers.keep("tagged", kept("tagged"));
    answers.keep("untagged", kept("untagged", { etag: undefined }));
    vi.advanceTimersByTime(300_000);
    expect(answers.find("untagged")?.value).toBe("untagged");
    vi.advanceTimersByTime(1);
    expect(answers.find("untagged")).toBeUndefined();
    vi.advanceTimersByTime(86_400_000);
    expect(answers.find("tagged")?.value).toBe("tagged");
  });

  test("drops what cannot be confirmed, and keeps the rest", () => {
    const answers = memory<string>();
    answers.keep("tagged", kept("tagged"));
    answers.keep("untagged", kept("untagged", { etag: undefined }));
    answers.dropUntagged();
    expect([answers.find("tagged")?.value, answers.find("untagged")]).toEqual(["tagged", undefined]);
    answers.clear();
    expect(answers.find("tagged")).toBeUndefined();
  });

  test("is bounded by 200 answers: the one that was used longest ago goes first", () => {
    const answers = memory<string>();
    for (let number = 0; number < 200; number += 1) answers.keep(`${number}`, kept(`${number}`));
    answers.find("0");
    answers.keep("200", kept("200"));
    expect([answers.find("0")?.value, answers.find("1"), answers.find("200")?.value]).toEqual([
      "0",
      undefined,
      "200",
    ]);
  });

  test("is bounded by 20 million characters, and does not keep a larger answer at all", () => {
    const answers = memory<string>();
    const large = (size: number) => kept("large", { size });
    for (const path of ["a", "b", "c"]) answers.keep(path, large(9_000_000));
    expect(["a", "b", "c"].filter((path) => answers.find(path))).toEqual(["b", "c"]);
    // An answer in place of the same one does not count twice.
    answers.keep("c", large(11_000_000));
    expect(["b", "c"].filter((path) => answers.find(path))).toEqual(["b", "c"]);
    answers.keep("d", large(20_000_001));
    expect(["b", "c", "d"].filter((path) => answers.find(path))).toEqual([]);
  });
});
