import { serve } from './serve';

/** A webhook that accepts every notice. A GET returns the first arrival of each: `[id, milliseconds since the epoch]`. */
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
