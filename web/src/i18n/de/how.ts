export const how = {
  title: 'So funktioniert es',
};
