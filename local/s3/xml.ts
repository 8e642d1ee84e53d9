/** A piece of XML whose text is already escaped. */
export interface Xml {
  readonly markup: string;
  /** Renders the piece as a complete document with its declaration. */
  document(): string;
}

/** Renders an element that contains a text (escaped here) or further elements. */
export function element(name: string, content: string | readonly Xml[], namespace?: string): Xml {
  const inner = typeof content === "string" ? escapeXml(content) : content.map((xml) => xml.markup).join("");
  const attribute = namespace === undefined ? "" : ` xmlns="${escapeXml(namespace)}"`;
  const markup = `<${name}${attribute}>${inner}</${name}>`;
  return { markup, document: () => `<?xml version="1.0" encoding="UTF-8"?>\n${markup}` };
}

/**
 * Control characters become character references, as S3 writes them. XML 1.0 has no form for most of them,
 * which is why ListObjectsV2 offers `encoding-type=url`.
 */
function escapeXml(text: string): string {
  return text.replace(
    // oxlint-disable-next-line no-control-regex
    /[&<>"'\u0000-\u001F\u007F]/g,
    (character) => ENTITIES[character] ?? `&#x${character.charCodeAt(0).toString(16)};`,
  );
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};
