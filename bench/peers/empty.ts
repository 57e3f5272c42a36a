import express from 'express';
import { serve } from './serve';

/** The least that a write endpoint can be: express reads a JSON body, and answers. */
const app = express();
app.post('/v1/books/:bookId/reservations', express.json(), (_request, response) => {
  response.status(202).json({ status: 'accepted' });
});
serve(app);
