import fc from "fast-check";
import { expect, test } from "vitest";
import { elementsOf } from "../../log/json-elements.ts";

test.each<[string, readonly string[]]>([
  ["[]", []],
  [" [ ] ", []],
  ["7", ["7"]],
  ['{"a":[1,2]}', ['{"a":[1,2]}']],
  [
    '[{"a":[1,{"b":2}]}, "x,]}" ,[3,4],12345678901234567890.0]',
    ['{"a":[1,{"b":2}]}', '"x,]}"', "[3,4]", "12345678901234567890.0"],
  ],
  ['["\\\\","\\"],[",1]', ['"\\\\"', '"\\"],["', "1"]],
  ['[\n{\n  "a b": "c d",\r\n\t"e": [ 1 ]\n}\n]', ['{"a b":"c d","e":[1]}']],
  ['[{ "a": 1 }]', ['{ "a": 1 }']],
])("the elements of %j stand as they were written, each on one line", (text, elements) => {
  expect(elementsOf(text)).toEqual(elements);
});

test("whatever an array holds and however it is laid out, its elements are those that JSON.parse finds", () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.constantFrom(undefined, 1, "\t", " \r"), (values, indent) => {
      const text = JSON.stringify(values, null, indent);
      const elements = elementsOf(text);
      expect(elements.map((element) => JSON.parse(element))).toEqual(JSON.parse(text));
      expect(elements.join("")).not.toMatch(/[\r\n]/);
    }),
  );
});
