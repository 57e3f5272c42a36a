import type { FieldType } from './event-set';

/** A type of Avro in words: `string, or null`. */
export function typeInWords(type: FieldType): string {
  if (typeof type === 'string') return type;
  if ('type' in type)
    return type.items ? `list of ${typeInWords(type.items)}` : (type.logicalType ?? type.type);
  const others = (type as readonly FieldType[]).filter((each) => each !== 'null');
  return `${others.map(typeInWords).join(' or ')}, or null`;
}
