import { render, type VNode } from "preact";
import { useEffect } from "preact/hooks";

/**
 * Prints a document instead of the page. It is made when printing starts, beside the page, and removed afterwards.
 *
 * @param make undefined if there is no document: then the page itself is printed
 * @param inputs what the document depends on
 */
export function usePaper(make: (() => VNode) | undefined, inputs: readonly unknown[]): void {
  useEffect(() => {
    if (make === undefined) return undefined;
    const paper = document.createElement("div");
    paper.className = "paper";
    const print = () => {
      document.body.append(paper);
      render(make(), paper);
    };
    const clear = () => {
      render(null, paper);
      paper.remove();
    };
    addEventListener("beforeprint", print);
    addEventListener("afterprint", clear);
    return () => {
      removeEventListener("beforeprint", print);
      removeEventListener("afterprint", clear);
      clear();
    };
  }, inputs);
}
