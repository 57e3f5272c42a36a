export const stream = {
  title: 'Strom',
};
