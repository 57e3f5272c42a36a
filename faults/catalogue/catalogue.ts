import type { Fault } from '../fault';
import { BROKER_FAULTS } from './brokers';
import { DISK_FAULTS } from './disks';
import { FAILOVER_FAULTS } from './failover';
import { NETWORK_FAULTS } from './network';
import { OVERLOAD_FAULTS } from './overload';
import { POSTGRES_FAULTS } from './postgres';
import { REGISTRY_FAULTS } from './registry';
import { ROLE_FAULTS } from './roles';
import { STARTING_FAULTS } from './starting';
import { VERSION_FAULTS } from './versions';
import { WRITER_FAULTS } from './writers';

/** Every fault that the suite knows. */
export const FAULTS: readonly Fault[] = [
  ...ROLE_FAULTS,
  ...BROKER_FAULTS,
  ...NETWORK_FAULTS,
  ...POSTGRES_FAULTS,
  ...FAILOVER_FAULTS,
  ...DISK_FAULTS,
  ...REGISTRY_FAULTS,
  ...WRITER_FAULTS,
  ...STARTING_FAULTS,
  ...OVERLOAD_FAULTS,
  ...VERSION_FAULTS,
];
