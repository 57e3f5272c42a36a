// Rules of `make lint`: one way to hide a member, one word for a test case (see CONTRIBUTING.md).
const privateWord = {
  create: (context) => ({
    PrivateIdentifier: (node) =>
      context.report({ node, message: 'Write `private name` instead of `#name`.' }),
  }),
};

const testWord = {
  create: (context) => ({
    CallExpression: ({ callee }) => {
      // `it(…)`, and `it.each(…)`.
      const { name } = callee.object ?? callee;
      if (name === 'it') context.report({ node: callee, message: 'Write `test` instead of `it`.' });
    },
  }),
};

export default {
  meta: { name: 'one-way' },
  rules: { 'private-word': privateWord, 'test-word': testWord },
};
