declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** A DynamoDB server in memory, or under `path`; times are in milliseconds. */
  export default function dynalite(options?: {
    path?: string;
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
  }): Server;
}
