import { enums } from "../gen/descriptor.ts";
import type { EnumName, EnumTypes, TaskState } from "../gen/types.ts";
import { toEnumNumber } from "./wire-write.ts";

type Numbers = Readonly<Record<string, number>>;

/** The numbers of every enum's names. The inner tables inherit nothing, so any string may be looked up. */
export const enumNumbers: {
  readonly [Name in EnumName]: Readonly<Record<EnumTypes[Name], number>>;
} = mapEnums((values) => Object.freeze(Object.assign(Object.create(null), values))) as never;

/** The names of every enum's numbers, with the number as index; most have gaps. */
export const enumNames: Readonly<Record<string, readonly (string | undefined)[]>> = mapEnums(
  (values) => {
    const names: string[] = [];
    for (const [name, number] of Object.entries(values)) names[number] = name;
    return names;
  },
);

/** The name of every enum's zero: what an absent field holds. */
export const enumZeros: Readonly<Record<string, string>> = mapEnums(
  (values) => Object.keys(values).find((name) => values[name] === 0) ?? "#0",
);

/**
 * The wire's number of an enum's value, also of an unknown one (`#7`). Throws an EncodeError for
 * anything else.
 */
export function enumNumber<Name extends EnumName>(name: Name, value: EnumTypes[Name]): number {
  return toEnumNumber(value, enumNumbers[name], name);
}

/** The name of a number of an enum; `#` and the number when it has none. */
export function enumName<Name extends EnumName>(name: Name, number: number): EnumTypes[Name] {
  return (enumNames[name]?.[number] ?? `#${number}`) as EnumTypes[Name];
}

/** A task state's number. A task only ever moves to higher ones. */
export function taskStateNumber(state: TaskState): number {
  return enumNumber("TaskState", state);
}

function mapEnums<Value>(make: (values: Numbers) => Value): Record<string, Value> {
  return Object.fromEntries(Object.entries(enums).map(([name, values]) => [name, make(values)]));
}
