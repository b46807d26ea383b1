// `active login: alice@example.com`: reference 2.5.
import type { Rule } from "../rule.ts";

/** On a change the login is quoted and the former one follows. */
const changed = /^"([^"\\]{0,320})" \(changed from "/;
const plain = /^[^\s"]{0,320}$/;

export const activeLogin: readonly Rule[] = [
  {
    name: "active-login",
    literal: "active login:",
    samples: [
      "active login: alice@example.com",
      'active login: "bob@example.com" (changed from "alice@example.com")',
      "active login: ",
      "2026/08/22 15:19:51 active login: alice@example.com",
    ],
    parse: (rest) => {
      const text = rest.trim();
      const login = changed.exec(text)?.[1] ?? (plain.test(text) ? text : undefined);
      return login === undefined ? [] : [{ kind: "login", login }];
    },
  },
];
