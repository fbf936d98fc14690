// Rules that find defects, and none about layout.

import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    files: ["static/js/**/*.js"],
    languageOptions: { globals: globals.browser },
    rules: {
      "array-callback-return": "error",
      eqeqeq: "error",
      "max-lines": ["error", 150],
      "no-duplicate-imports": "error",
      // Names that are globals of every window, so that a variable that is missing would go unnoticed.
      "no-restricted-globals": ["error", "close", "event", "find", "length", "name", "open", "origin", "parent", "print", "scroll", "status", "stop", "top"],
      "no-self-compare": "error",
      "no-shadow": "error",
      "no-template-curly-in-string": "error",
      "no-throw-literal": "error",
      "no-undef-init": "error",
      "no-unmodified-loop-condition": "error",
      "no-unreachable-loop": "error",
      "no-unused-expressions": ["error", { allowShortCircuit: true, allowTernary: true }],
      "no-use-before-define": ["error", { functions: false, variables: false }],
      "no-var": "error",
      "prefer-const": "error",
      "require-await": "error",
    },
  },
];
