// An OpenID provider for one test: `node provider.mjs <audience>`. It prints its URL when it is ready.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const [audience] = process.argv.slice(2);
const SCOPES = 'staff patron analyst';

const clientOf = (client_id, scope) => ({
  client_id,
  client_secret: 'secret',
  grant_types: ['client_credentials'],
  response_types: [],
  redirect_uris: [],
  token_endpoint_auth_method: 'client_secret_post',
  ...(scope && { scope }),
});

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      clientOf('ishmael', 'patron'),
      clientOf('anna', 'staff'),
      clientOf('ada', 'analyst'),
      clientOf('nobody', ''),
    ],
    scopes: SCOPES.split(' '),
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'https://library.example.org/',
        useGrantedResource: () => true,
        getResourceServerInfo: (_context, resource) => ({
          scope: SCOPES,
          audience: resource === 'https://library.example.org/' ? audience : 'another',
          accessTokenFormat: 'jwt',
          accessTokenTTL: 300,
        }),
      },
    },
  });
  server.on('request', provider.callback());
  process.stdout.write(`${issuer}\n`);
});
