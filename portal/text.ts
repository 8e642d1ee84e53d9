/**
 * Keeps text and figures right where another program rewrites the page, such as a browser's translator.
 *
 * A translator replaces text nodes by elements of its own. A framework that still holds the old text node then changes
 * it out of sight: the page goes on showing the figure of another period. So no text node is ever updated here. Each
 * stretch of text is the `textContent` of an element, and setting it removes everything else in that element.
 */
import { type ComponentChildren, createElement, Fragment, options, type VNode } from "preact";

/** Makes every text of the page the content of an element. Call once, before the first render. */
export function ownAllText(): void {
  options.vnode = (vnode) => {
    if (typeof vnode.type === "string") ownText(vnode);
    else if (vnode.type === Fragment) vnode.props.children = wrapped(vnode.props.children);
  };
}

function ownText(vnode: VNode): void {
  const { children } = vnode.props;
  const text = textOf(children);
  if (text === undefined) vnode.props.children = wrapped(children);
  else Object.assign(vnode.props, { textContent: text, children: undefined });
}

/** The text of children that are text only; undefined if there is an element, or nothing. */
function textOf(children: ComponentChildren): string | undefined {
  if (typeof children === "string" || typeof children === "number") return String(children);
  if (!Array.isArray(children)) return undefined;
  const parts = children.map((child) => (isNothing(child) ? "" : textOf(child)));
  return parts.every((part) => part !== undefined) && children.some((child) => !isNothing(child))
    ? parts.join("")
    : undefined;
}

/**
 * Text beside elements gets an element of its own. White space alone is never rewritten and never changes. An empty
 * text is no node at all: it may become a text that has an element.
 */
function wrapped(children: ComponentChildren): ComponentChildren {
  if (Array.isArray(children)) return children.map(wrapped);
  if (children === "") return null;
  const isText = typeof children === "number" || (typeof children === "string" && children.trim() !== "");
  return isText ? createElement("span", { textContent: String(children) }) : children;
}

function isNothing(child: ComponentChildren): boolean {
  return child === undefined || child === null || typeof child === "boolean";
}
