import { describe } from 'bun:test';
import { accessContract } from './access.ts';
import { deliveryContract } from './delivery.ts';
import type { GatewayDriver } from './driver.ts';
import { endingContract } from './ending.ts';
import { limitsContract } from './limits.ts';
import { slowReaderContract } from './slow-reader.ts';

/** The promises of every gateway, over real connections. */
export function gatewayContract(driver: GatewayDriver): void {
  describe(`${driver.name} keeps the contract of a gateway:`, () => {
    deliveryContract(driver);
    accessContract(driver);
    endingContract(driver);
    limitsContract(driver);
    slowReaderContract(driver);
  });
}
