// Rules that find defects, and none about layout.

export default {
  extends: "stylelint-config-recommended",
  rules: {
    // The style sheet is ordered by component, and those do not share elements.
    "no-descending-specificity": null,
  },
};
