// Answers FEEL with feelin: a JSON line in, a JSON line out, so that one process serves a whole run.
//
// {"expression"} or {"tests", "input"}, each over the variables of the first line -> {"value"} as the conformance cases
// write it, {"refused"} for text it cannot read, {"fell"} where it threw anything else.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

let feelin;
try {
  feelin = await import(pathToFileURL(createRequire(import.meta.url).resolve("feelin")));
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(3);
}
const { evaluate, unaryTest, isRange, isFunction, SyntaxError, FeelDate, FeelTime, FeelDateTime, FeelDuration } = feelin;
const TEMPORAL = [[FeelDate, "date"], [FeelTime, "time"], [FeelDateTime, "dateTime"], [FeelDuration, "duration"]];

function encode(value) {
  if (value === null || value === undefined) return null;
  if (typeof value === "number") return { n: String(value) };
  if (typeof value !== "object") return typeof value === "function" ? { function: "built in" } : value;
  if (Array.isArray(value)) return Array.from(value, encode);
  for (const [type, tag] of TEMPORAL) if (value instanceof type) return { [tag]: value.toString() };
  if (isFunction(value)) return { function: "written" };
  if (isRange(value)) {
    return {
      range: [encode(value.start), encode(value.end), value["start included"], value["end included"]],
    };
  }
  return { ctx: Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, encode(entry)])) };
}

function answer({ expression, tests, input }, context) {
  try {
    if (tests !== undefined) {
      const given = evaluate(input, context).value;
      return { value: encode(unaryTest(tests, { ...context, "?": given }).value) };
    }
    return { value: encode(evaluate(expression, context).value) };
  } catch (error) {
    return error instanceof SyntaxError ? { refused: error.message } : { fell: String(error.message) };
  }
}

let context;
for await (const line of createInterface({ input: process.stdin })) {
  const row = JSON.parse(line);
  if (context === undefined) context = row;
  else process.stdout.write(`${JSON.stringify(answer(row, context))}\n`);
}
