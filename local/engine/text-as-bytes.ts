import { copyFile, open } from "node:fs/promises";

/** The types of Thrift's compact protocol, the encoding of a Parquet footer, that are used here. */
const [STOP, BYTE, I32, I64, DOUBLE, BINARY, LIST, SET, STRUCT] = [0, 3, 5, 6, 7, 8, 9, 10, 12];
const [TRUE, FALSE, I16] = [1, 2, 4];

/** `FileMetaData.schema`, `SchemaElement.converted_type` and `SchemaElement.logicalType` by their field ids. */
const [SCHEMA, CONVERTED_TYPE, LOGICAL_TYPE] = [2, 6, 10];
/** Annotations of text: UTF8, ENUM and JSON as converted types, STRING, ENUM and JSON as logical types. */
const TEXT_CONVERTED = new Set([0, 4, 19]);
const TEXT_LOGICAL = new Set([1, 4, 12]);

/**
 * Copies a Parquet file and removes the text annotation of the copy's columns, so that they contain plain bytes.
 *
 * DuckDB refuses a file with text that is not valid UTF-8; Trino reads it. Only the footer's two annotations are
 * changed, in place. The older one gets another type, which readers skip. The newer one gets a field id that no
 * reader knows.
 * https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 */
export async function copyWithTextAsBytes(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  const file = await open(to, "r+");
  try {
    const { size } = await file.stat();
    const end = Buffer.alloc(8);
    await file.read(end, 0, 8, size - 8);
    const length = end.readUInt32LE(0);
    const footer = Buffer.alloc(length);
    await file.read(footer, 0, length, size - 8 - length);
    removeTextAnnotations(footer);
    await file.write(footer, 0, length, size - 8 - length);
  } finally {
    await file.close();
  }
}

interface Field {
  readonly id: number;
  readonly type: number;
  /** Offsets of the field's header and of its value. */
  readonly header: number;
  readonly value: number;
}

function removeTextAnnotations(footer: Buffer): void {
  for (const { id, value } of fieldsOf(footer, 0)) {
    if (id !== SCHEMA) continue;
    for (const element of elementsOf(footer, value)) {
      for (const field of fieldsOf(footer, element)) removeTextAnnotation(footer, field);
    }
  }
}

function removeTextAnnotation(footer: Buffer, { id, type, header, value }: Field): void {
  const byte = footer.readUInt8(header);
  if (id === CONVERTED_TYPE && type === I32 && TEXT_CONVERTED.has(zigzag(varint(footer, value).value))) {
    footer.writeUInt8((byte & 0xf0) | I64, header);
  }
  if (id !== LOGICAL_TYPE || type !== STRUCT) return;
  const [kind] = fieldsOf(footer, value);
  if (kind !== undefined && TEXT_LOGICAL.has(kind.id)) footer.writeUInt8(byte + 0x50, header);
}

/** Reads the fields of the struct at an offset. A header is the distance from the previous field and the type. */
function fieldsOf(footer: Buffer, start: number): Field[] {
  const fields: Field[] = [];
  let id = 0;
  for (let at = start; footer.readUInt8(at) !== STOP; ) {
    const header = at;
    const byte = footer.readUInt8(at++);
    if (byte >> 4 === 0) {
      const own = varint(footer, at);
      id = zigzag(own.value);
      at = own.end;
    } else id += byte >> 4;
    fields.push({ id, type: byte & 0x0f, header, value: at });
    at = endOf(footer, byte & 0x0f, at);
  }
  return fields;
}

/** Returns the offset of each element of the list at an offset. */
function elementsOf(footer: Buffer, at: number): number[] {
  const { type, size, first } = listHeader(footer, at);
  const elements: number[] = [];
  for (let next = first; elements.length < size; next = endOf(footer, type, next)) elements.push(next);
  return elements;
}

function listHeader(footer: Buffer, at: number): { type: number; size: number; first: number } {
  const byte = footer.readUInt8(at);
  if (byte >> 4 < 15) return { type: byte & 0x0f, size: byte >> 4, first: at + 1 };
  const size = varint(footer, at + 1);
  return { type: byte & 0x0f, size: size.value, first: size.end };
}

/** Returns the end offset of a value of this type. */
function endOf(footer: Buffer, type: number, at: number): number {
  if (type === TRUE || type === FALSE) return at;
  if (type === BYTE) return at + 1;
  if (type === I16 || type === I32 || type === I64) return varint(footer, at).end;
  if (type === DOUBLE) return at + 8;
  if (type === BINARY) {
    const length = varint(footer, at);
    return length.end + length.value;
  }
  if (type === STRUCT) {
    const last = fieldsOf(footer, at).at(-1);
    return (last === undefined ? at : endOf(footer, last.type, last.value)) + 1;
  }
  if (type !== LIST && type !== SET) throw new RangeError(`a footer has no field of type ${type}`);
  const { type: of, size, first } = listHeader(footer, at);
  // In a list, unlike in a field, booleans take a byte each.
  if (of === TRUE || of === FALSE) return first + size;
  let end = first;
  for (let index = 0; index < size; index++) end = endOf(footer, of, end);
  return end;
}

/** Reads seven bits a byte, the lowest first. Values above 2^53 lose digits, but they are only skipped. */
function varint(footer: Buffer, start: number): { value: number; end: number } {
  let value = 0;
  for (let at = start, factor = 1; ; at++, factor *= 128) {
    const byte = footer.readUInt8(at);
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return { value, end: at + 1 };
  }
}

function zigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
