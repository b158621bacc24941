import { describe } from 'bun:test';
import { accessContract } from './gateway-access.ts';
import { deliveryContract } from './gateway-delivery.ts';
import type { GatewayDriver } from './gateway-driver.ts';
import { endingContract } from './gateway-ending.ts';
import { limitsContract } from './gateway-limits.ts';
import { slowReaderContract } from './gateway-slow-reader.ts';

/** What every gateway promises, over real connections. */
export function gatewayContract(driver: GatewayDriver): void {
  describe(`${driver.name} keeps the contract of a gateway:`, () => {
    deliveryContract(driver);
    accessContract(driver);
    endingContract(driver);
    limitsContract(driver);
    slowReaderContract(driver);
  });
}
