export const how = {
  title: 'How it works',
};
