import type { Fault } from '../fault';
import { ROLE_FAULTS } from './roles';

/** Every fault that the suite knows. */
export const FAULTS: readonly Fault[] = [...ROLE_FAULTS];
