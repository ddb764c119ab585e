/** The baseline: Node.js alone. */
export const handler = async () => ({ statusCode: 200, body: '{"data":[]}' });
