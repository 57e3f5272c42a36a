/**
 * Guards against false item counts.
 *
 * Avro writes arrays and maps in blocks, each preceded by its number of items. avsc does not check the number: a few
 * damaged bytes can make it read billions of items past the end of the record, or move backwards in an endless loop.
 * One such record would stop its consumer for good. So records whose schema has arrays or maps are walked once before
 * they are decoded.
 */
import { Type, types } from 'avsc';

/** Moves past the value at `at`. @returns the start of the next one @throws {Error} where the bytes end too soon */
type Walk = (bytes: Buffer, at: number) => number;

/** A walk over records of this type; undefined where the type has no blocks, so that there is nothing to guard. */
export function blockGuard(type: Type): Walk | undefined {
  return hasBlocks(type, new Set()) ? walkOf(type, new Map()) : undefined;
}

function hasBlocks(type: Type, seen: Set<Type>): boolean {
  if (seen.has(type)) return false;
  seen.add(type);
  return Type.isType(type, 'array', 'map') || partsOf(type).some((part) => hasBlocks(part, seen));
}

function partsOf(type: Type): readonly Type[] {
  if (type instanceof types.RecordType) return type.fields.map((field) => field.type);
  if (type instanceof types.UnwrappedUnionType || type instanceof types.WrappedUnionType) return type.types;
  return [];
}

function walkOf(type: Type, known: Map<Type, Walk>): Walk {
  const walk = known.get(type);
  if (walk) return walk;
  // A type may contain itself: its walk must be registered before it is made.
  known.set(type, (bytes, at) => made(bytes, at));
  const made = makeWalk(type, known);
  known.set(type, made);
  return made;
}

function makeWalk(type: Type, known: Map<Type, Walk>): Walk {
  if (type instanceof types.RecordType) return inTurn(partsOf(type).map((part) => walkOf(part, known)));
  if (type instanceof types.ArrayType) return blocks(walkOf(type.itemsType, known));
  if (type instanceof types.MapType) return blocks(inTurn([sized, walkOf(type.valuesType as Type, known)]));
  if (Type.isType(type, 'union')) return oneOf(partsOf(type).map((part) => walkOf(part, known)));
  if (type instanceof types.FixedType) return fixed(type.size);
  const simple = SIMPLE[type.typeName];
  if (!simple) throw new Error(`unsupported Avro type ${type.typeName}`);
  return simple;
}

const TOO_SHORT = 'the bytes end before the record does';

/** The varint at `at`, zigzag decoded, and its end. Written to a shared pair, so that nothing is allocated. */
const varint = { value: 0, end: 0 };

function readVarint(bytes: Buffer, at: number): typeof varint {
  let value = 0;
  let scale = 1;
  for (let end = at; end < at + 10; end += 1) {
    const byte = bytes[end];
    if (byte === undefined) throw new Error(TOO_SHORT);
    value += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte < 0x80) {
      varint.value = value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      varint.end = end + 1;
      return varint;
    }
  }
  throw new Error('a number has more than 10 bytes');
}

const number: Walk = (bytes, at) => readVarint(bytes, at).end;

const fixed =
  (size: number): Walk =>
  (bytes, at) => {
    if (at + size > bytes.length) throw new Error(TOO_SHORT);
    return at + size;
  };

const sized: Walk = (bytes, at) => {
  const { value, end } = readVarint(bytes, at);
  if (value < 0 || end + value > bytes.length) throw new Error(TOO_SHORT);
  return end + value;
};

const SIMPLE: Readonly<Record<string, Walk>> = {
  null: (_, at) => at,
  boolean: fixed(1),
  int: number,
  long: number,
  enum: number,
  float: fixed(4),
  double: fixed(8),
  string: sized,
  bytes: sized,
};

const inTurn =
  (walks: readonly Walk[]): Walk =>
  (bytes, at) => {
    for (const walk of walks) at = walk(bytes, at);
    return at;
  };

const oneOf =
  (walks: readonly Walk[]): Walk =>
  (bytes, at) => {
    const { value, end } = readVarint(bytes, at);
    const walk = walks[value];
    if (!walk) throw new Error(`a union has no branch ${value}`);
    return walk(bytes, end);
  };

/** Blocks of items up to an empty one. Every item has at least one byte, so no more items can follow than bytes. */
const blocks =
  (item: Walk): Walk =>
  (bytes, at) => {
    for (;;) {
      let { value: count, end } = readVarint(bytes, at);
      if (count === 0) return end;
      let stated: number | undefined;
      if (count < 0) {
        count = -count;
        const size = readVarint(bytes, end);
        end = size.end;
        stated = end + size.value;
      }
      if (count > bytes.length - end)
        throw new Error(`a list claims ${count} items, more than there are bytes`);
      for (at = end; count > 0; count -= 1) at = item(bytes, at);
      if (stated !== undefined && stated !== at) throw new Error('a list is not as long as it says');
    }
  };
