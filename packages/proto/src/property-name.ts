/** A field's name in our objects: `service_id` becomes `serviceId`; one without underscore stays. */
export function toPropertyName(fieldName: string): string {
  return fieldName.replace(/_+([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}
