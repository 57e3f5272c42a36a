/**
 * What a field must satisfy beyond its Avro type, so that everything downstream (URLs, Postgres, sorting by key) can
 * rely on it. Both ends use the same checks: the decoder accepts whatever the encoder accepts.
 */
import { isStorable } from '../../infra/postgres/storable';
import type { FieldSchema, FieldType } from '../event-set';
import { ID_RULE, isId, isUuid } from '../ids';

/** Returns what is wrong with a value; undefined where it is valid. */
export type Check = (value: unknown) => string | undefined;

/** A field of a record with its check. */
export interface FieldCheck {
  readonly name: string;
  readonly check: Check;
  /** UUIDs are compared as text downstream, so both spellings of one must become the same text. */
  readonly isUuid: boolean;
}

/** The years 1 to 9999: ISO 8601, JavaScript and Postgres write these alike. */
const EARLIEST = Date.parse('0001-01-01T00:00:00.000Z');
const LATEST = Date.parse('9999-12-31T23:59:59.999Z');

const uuid: Check = (value) => (isUuid(value) ? undefined : `${show(value)} is not a UUID`);

const identifier: Check = (value) =>
  isId(value) ? undefined : `${show(value)} is not an ID: it must be ${ID_RULE}`;

const text: Check = (value) => {
  if (typeof value !== 'string') return `${show(value)} is not text`;
  return isStorable(value) ? undefined : `${show(value)} holds a NUL or half a character`;
};

const instant: Check = (value) =>
  typeof value === 'number' && value >= EARLIEST && value <= LATEST
    ? undefined
    : `${show(value)} is not a time within the years 1 to 9999, in milliseconds`;

/** Where the type is int, avsc also reads longer numbers, which Postgres would refuse. */
const int: Check = (value) =>
  typeof value === 'number' && (value | 0) === value
    ? undefined
    : `${show(value)} is not a 32-bit whole number`;

const anything: Check = () => undefined;

const nullOr =
  (check: Check): Check =>
  (value) =>
    value === null ? undefined : check(value);

const each =
  (check: Check): Check =>
  (values) => {
    if (!Array.isArray(values)) return `${show(values)} is not a list`;
    for (const value of values) {
      const wrong = check(value);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  };

/** The checks of a record's fields, in their order. */
export function checksOf(fields: readonly FieldSchema[]): FieldCheck[] {
  return fields.map(({ name, type }) => ({
    name,
    check: checkOf(name, type),
    isUuid: logicalTypeOf(type) === 'uuid',
  }));
}

function checkOf(name: string, type: FieldType): Check {
  if (isUnion(type)) {
    const [branch, ...others] = type.filter((member) => member !== 'null');
    if (branch === undefined || others.length > 0) return anything;
    return nullOr(checkOf(name, branch));
  }
  if (typeof type === 'object') {
    if (type.items !== undefined) return each(checkOf('', type.items));
    if (type.logicalType === 'uuid') return uuid;
    if (type.logicalType === 'timestamp-millis') return instant;
    return checkOf(name, type.type);
  }
  if (type === 'int') return int;
  if (type !== 'string') return anything;
  return name.endsWith('Id') ? identifier : text;
}

function isUnion(type: FieldType): type is readonly FieldType[] {
  return Array.isArray(type);
}

function logicalTypeOf(type: FieldType): string | undefined {
  return typeof type === 'object' && 'logicalType' in type ? type.logicalType : undefined;
}

/** A value for a message: short, on one line. */
export function show(value: unknown): string {
  const shown = JSON.stringify(value) ?? String(value);
  return shown.length > 80 ? `${shown.slice(0, 80)}…` : shown;
}
