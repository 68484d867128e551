/** The part of JSON Schema that our own schema uses; an unknown keyword is an error, so that none is passed over. */

type Schema = Readonly<Record<string, unknown>>;

const silent = ["$schema", "$defs", "$comment", "title", "description", "default", "examples"];

/** Whether a value fits a schema. @param whole - the schema that `$ref` points into */
export function fitsSchema(value: unknown, schema: Schema, whole: Schema = schema): boolean {
  return Object.entries(schema).every(([keyword, wanted]) => {
    if (silent.includes(keyword)) return true;
    if (keyword === "$ref") {
      const name = /^#\/\$defs\/(\w+)$/.exec(wanted as string)![1]!;
      return fitsSchema(value, (whole["$defs"] as Record<string, Schema>)[name]!, whole);
    }
    const check = keywords[keyword];
    if (!check) throw new Error(`keyword ${keyword} is not known here`);
    return check(value, wanted as never, schema, whole);
  });
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const whenNumber = (value: unknown, test: (x: number) => boolean): boolean =>
  typeof value !== "number" || test(value);

const keywords: Record<string, (value: unknown, wanted: never, schema: Schema, whole: Schema) => boolean> = {
  type: (value, wanted: string) =>
    wanted === "object"
      ? isObject(value)
      : wanted === "array"
        ? Array.isArray(value)
        : wanted === "integer"
          ? Number.isInteger(value)
          : typeof value === wanted,
  anyOf: (value, wanted: Schema[], _, whole) => wanted.some((one) => fitsSchema(value, one, whole)),
  enum: (value, wanted: unknown[]) => wanted.includes(value),
  const: (value, wanted: unknown) => value === wanted,
  pattern: (value, wanted: string) => typeof value !== "string" || new RegExp(wanted, "u").test(value),
  minimum: (value, wanted: number) => whenNumber(value, (x) => x >= wanted),
  maximum: (value, wanted: number) => whenNumber(value, (x) => x <= wanted),
  exclusiveMinimum: (value, wanted: number) => whenNumber(value, (x) => x > wanted),
  exclusiveMaximum: (value, wanted: number) => whenNumber(value, (x) => x < wanted),
  minItems: (value, wanted: number) => !Array.isArray(value) || value.length >= wanted,
  items: (value, wanted: Schema, _, whole) =>
    !Array.isArray(value) || value.every((one) => fitsSchema(one, wanted, whole)),
  required: (value, wanted: string[]) => !isObject(value) || wanted.every((key) => key in value),
  properties: (value, wanted: Record<string, Schema>, _, whole) =>
    !isObject(value) ||
    Object.entries(value).every(([key, one]) => !wanted[key] || fitsSchema(one, wanted[key], whole)),
  additionalProperties: (value, wanted: false, { properties }) =>
    !isObject(value) || wanted || Object.keys(value).every((key) => key in (properties as object)),
};
