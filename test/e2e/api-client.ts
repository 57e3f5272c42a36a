export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** A client of the REST API: sends and receives JSON, and returns answers of any status. */
export class ApiClient {
  /** @param urlOf gives the API's URL for each request */
  constructor(private readonly urlOf: () => string) {}

  async request<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer<T>> {
    const response = await fetch(this.urlOf() + path, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      body: (isJson ? JSON.parse(text) : text) as T,
    };
  }

  get = <T = Record<string, unknown>>(path: string, headers?: Readonly<Record<string, string>>) =>
    this.request<T>('GET', path, undefined, headers);
  put = (path: string, body?: unknown, headers?: Readonly<Record<string, string>>) =>
    this.request('PUT', path, body, headers);
  post = (path: string, body?: unknown, headers?: Readonly<Record<string, string>>) =>
    this.request('POST', path, body, headers);
  delete = (path: string, headers?: Readonly<Record<string, string>>) =>
    this.request('DELETE', path, undefined, headers);
}

/** The header with which a write waits for its outcome, up to 20 s. */
export const WAIT = { prefer: 'wait=20' };
