/** The configuration file of a new application, in JSON. */
export const jsonConfig = `{
  "$schema": "./node_modules/tambuli/tambuli.config.schema.json",

  // The channels, and their readers. A parameter in braces is part of a channel's name: orders:7 is the channel of customer 7.
  // Rules: "anyone", "role:NAME", "self:PARAMETER" (the user is that parameter), "tenant:PARAMETER", a list of which any
  // is enough, or {"query": "select 1 from shop.orders where id = :order and customer_id = :user"}.
  "channels": {
    "news": { "read": "anyone" }
    // "orders:{customer_id}": { "read": ["self:customer_id", "role:clerk"] }
  },

  // The tables whose changes are published, once "tambuli triggers install" has run. {column} stands for the row's value.
  "tables": {
    // "shop.orders": {
    //   "type": "order_update",
    //   "channels": ["orders:{customer_id}"],
    //   "columns": ["id", "status", "total"]
    // }
  }
}
`;

const importLine = "import { defineConfig } from 'tambuli';";

/** The configuration file of a new application, in TypeScript. */
export const moduleConfig = `${importLine}

export default defineConfig({
  // The channels, and their readers. A parameter in braces is part of a channel's name: orders:7 is the channel of customer 7.
  // Rules: 'anyone', 'role:NAME', 'self:PARAMETER' (the user is that parameter), 'tenant:PARAMETER', a list of which any
  // is enough, or { query: 'select 1 from shop.orders where id = :order and customer_id = :user' }.
  channels: {
    news: { read: 'anyone' },
    // 'orders:{customer_id}': { read: ['self:customer_id', 'role:clerk'] },
  },

  // The tables whose changes are published, once "tambuli triggers install" has run. {column} stands for the row's value.
  tables: {
    // 'shop.orders': {
    //   type: 'order_update',
    //   channels: ['orders:{customer_id}'],
    //   columns: ['id', 'status', 'total'],
    // },
  },
});
`;
