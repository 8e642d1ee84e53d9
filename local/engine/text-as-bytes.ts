import { copyFile, open } from "node:fs/promises";

/** Types of Thrift's compact protocol, the encoding of a Parquet footer, as far as they matter here. */
const [STOP, BYTE, I32, I64, DOUBLE, BINARY, LIST, SET, STRUCT] = [0, 3, 5, 6, 7, 8, 9, 10, 12];
const [TRUE, FALSE, I16] = [1, 2, 4];

/** `FileMetaData.schema`, `SchemaElement.converted_type` and `SchemaElement.logicalType` by their field ids. */
const [SCHEMA, CONVERTED_TYPE, LOGICAL_TYPE] = [2, 6, 10];
/** Annotations of text: UTF8, ENUM and JSON as converted types, STRING, ENUM and JSON as logical types. */
const TEXT_CONVERTED = new Set([0, 4, 19]);
const TEXT_LOGICAL = new Set([1, 4, 12]);

/**
 * Copies a Parquet file and takes the annotation of text off the copy's columns, so that they hold plain bytes.
 *
 * DuckDB refuses a file in which text is not valid UTF-8; Trino reads it. Nothing but the footer's two annotations is
 * changed, in place: the older one gets another type, which readers skip, and the newer one a field id that no reader
 * knows. https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
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
  /** Where the field's header is, and where its value begins. */
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

/** The fields of the struct at this place. A header is the distance from the field before and the type. */
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

/** Where each element of the list at this place begins. */
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

/** Where a value of this type ends. */
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
  // Booleans take a byte each in a list, unlike in a field.
  if (of === TRUE || of === FALSE) return first + size;
  let end = first;
  for (let index = 0; index < size; index++) end = endOf(footer, of, end);
  return end;
}

/** Seven bits a byte, the lowest first. Values beyond 2^53 lose digits, which only skips them. */
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
