/**
 * The public face `tambuli/contracts`: a suite for each port. A suite is called in a file of `bun test` and registers its
 * tests: `eventLogContract('my log', openMyLog)`. The suites are those that Tambuli's own implementations pass.
 */
export { type Bus, brokerContract, type ContractOptions, type Outage } from './broker/broker.ts';
export {
  type DeliveryMethodSubject,
  deliveryMethodContract,
  type ReceiverState,
} from './delivery-method.ts';
export { eventLogContract, type Subject } from './event-log.ts';
export { type FileStoreSubject, fileStoreContract } from './file-store.ts';
export {
  type Connection,
  type End,
  type GatewayDriver,
  type Item,
  type OpenOptions,
  Refusal,
} from './gateway/driver.ts';
export { gatewayContract } from './gateway/gateway.ts';
export { presenceStoreContract, type Shared } from './presence-store.ts';
