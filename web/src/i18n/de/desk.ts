export const desk = {
  title: 'Theke',
};
