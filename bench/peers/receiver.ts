import { serve } from './serve';

/** Takes every notice that is posted, and tells in JSON when each first came: `[id, milliseconds since the epoch]`. */
const arrivals = new Map<string, number>();
serve((request, response) => {
  if (request.method === 'GET') {
    response.end(JSON.stringify([...arrivals]));
    return;
  }
  request.resume().on('end', () => {
    const id = String(request.headers['webhook-id']);
    if (!arrivals.has(id)) arrivals.set(id, Date.now());
    response.writeHead(204).end();
  });
});
