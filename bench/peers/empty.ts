import express from 'express';
import { serve } from './serve';

/** A minimal write endpoint: express parses a JSON body, and answers. */
const app = express();
app.post('/v1/books/:bookId/reservations', express.json(), (_request, response) => {
  response.status(202).json({ status: 'accepted' });
});
serve(app);
