export const me = {
  title: 'My reservations',
  open: 'Open',
  closed: 'Closed',
  none: 'There are no reservations yet.',
  noneOpen: 'No reservation is open.',
  needsCard: 'Enter your library card number above to see your reservations.',
  needsReader: 'Only readers have reservations.',
  made: 'Made {time}',
};
