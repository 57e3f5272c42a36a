export const me = {
  title: 'Meine Vormerkungen',
  open: 'Offen',
  closed: 'Abgeschlossen',
  none: 'Es gibt noch keine Vormerkungen.',
  noneOpen: 'Keine Vormerkung ist offen.',
  needsCard: 'Geben Sie oben die Nummer Ihres Bibliotheksausweises ein, um Ihre Vormerkungen zu sehen.',
  needsReader: 'Nur Leser haben Vormerkungen.',
  made: 'Vom {time}',
};
