import { setTimeout as delay } from 'node:timers/promises';
import { setStage } from '../../test/stage';
import { createEncoder } from '../../schemas/codec';
import { createRegistry } from '../../schemas/registry';
import { OUTCOMES } from '../../schemas/generated/events';
import { encodeRecord } from '../../schemas/cloudevents';
import { readyOutcomes, startInstance } from './testing';
test.each(['16', '8', '16'])('figure %s', async (c) => {
  const stage = await setStage();
  const encoder = await createEncoder({ registry: createRegistry(stage.config.SCHEMA_REGISTRY_URL), topic: stage.topics.outcomes, schemas: OUTCOMES });
  const instance = await startInstance(stage, { NOTICE_CONCURRENCY: c });
  const appender = stage.log.createAppender();
  const at = new Map<string, number>();
  const all = readyOutcomes(5000, 'lat');
  for (let i = 0; i < all.length; i += 25) {
    const started = Date.now();
    const part = all.slice(i, i + 25);
    for (const o of part) at.set(o.eventId, Date.now());
    await appender.append(stage.topics.outcomes, part.map((o) => encodeRecord(o, encoder, { source: '/t' })));
    await delay(Math.max(0, 50 - (Date.now() - started)));
  }
  await delay(2000);
  const { rows } = await instance.context.pool.query('SELECT notice_id, created_at, delivered_at FROM library.notices');
  const q = (xs: number[]) => { xs.sort((a, b) => a - b); return [0.5, 0.95, 0.99, 1].map((p) => xs[Math.min(xs.length - 1, Math.floor(p * xs.length))]); };
  const skip = new Set(all.slice(0, 1000).map((o) => o.eventId));
  const use = rows.filter((r) => !skip.has(r.notice_id));
  console.error(c, rows.length, use.length, 'row', q(use.map((r) => r.created_at - at.get(r.notice_id)!)), 'delivered', q(use.filter((r) => r.delivered_at).map((r) => r.delivered_at - at.get(r.notice_id)!)), use.filter((r) => !r.delivered_at).length);
  await appender.close(); await instance.close(); await stage.close();
}, 120000);
