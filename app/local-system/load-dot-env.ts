// Loaded before a program of package.json: it gets what `.env` sets beside its environment, which has precedence.
import { readDotEnv } from './dot-env';

process.env = { ...readDotEnv(), ...process.env };
