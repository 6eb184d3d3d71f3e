// The whole flow with oauth4webapi, driven over lines of JSON: it prints the address that the person has to open and
// reads back where the browser ended. Anything that the library does not accept ends this with its error.
import * as oauth from 'oauth4webapi'
import { createInterface } from 'node:readline'

const [issuer, clientId, redirectUri, method] = process.argv.slice(2)
const secret = process.env.CLIENT_SECRET
const options = { [oauth.allowInsecureRequests]: true } // loopback only
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const say = (message) => console.log(JSON.stringify(message))
const hear = async () => JSON.parse((await lines.next()).value)

const issuerUrl = new URL(issuer)
const discovered = await oauth.discoveryRequest(issuerUrl, { ...options, algorithm: 'oauth2' })
const server = await oauth.processDiscoveryResponse(issuerUrl, discovered)
const client = { client_id: clientId }
const authentication = {
  post: () => oauth.ClientSecretPost(secret),
  basic: () => oauth.ClientSecretBasic(secret),
  none: () => oauth.None(),
}[method]()

const verifier = oauth.generateRandomCodeVerifier()
const state = oauth.generateRandomState()
const address = new URL(server.authorization_endpoint)
address.search = new URLSearchParams({
  response_type: 'code',
  client_id: clientId,
  redirect_uri: redirectUri,
  scope: 'pets',
  state,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
}).toString()
say({ open: address.href })

const { arrived, unknownScope, otherIssuer } = await hear()
const answer = oauth.validateAuthResponse(server, client, new URL(arrived), state)

const refusedWith = (url, kind) => {
  try {
    oauth.validateAuthResponse(server, client, new URL(url), oauth.skipStateCheck)
  } catch (error) {
    if (error instanceof kind) return error
    throw error
  }
  throw new Error(`accepted: ${url}`)
}
// An error counts only if it carries the right `iss`: the library checks that before it looks at the error.
const error = refusedWith(unknownScope, oauth.AuthorizationResponseError).error
refusedWith(otherIssuer, oauth.OperationProcessingError)

const exchanged = await oauth.authorizationCodeGrantRequest(
  server, client, authentication, answer, redirectUri, verifier, options,
)
const tokens = await oauth.processAuthorizationCodeResponse(server, client, exchanged)

const pets = await oauth.protectedResourceRequest(
  tokens.access_token, 'GET', new URL('/pets', issuer), undefined, undefined, options,
)

const refreshing = await oauth.refreshTokenGrantRequest(server, client, authentication, tokens.refresh_token, options)
const refreshed = await oauth.processRefreshTokenResponse(server, client, refreshing)

const revoking = await oauth.revocationRequest(server, client, authentication, refreshed.refresh_token, options)
await oauth.processRevocationResponse(revoking)

const afterwards = await oauth.refreshTokenGrantRequest(server, client, authentication, refreshed.refresh_token, options)
let after
try {
  await oauth.processRefreshTokenResponse(server, client, afterwards)
} catch (failure) {
  if (!(failure instanceof oauth.ResponseBodyError)) throw failure
  after = failure.error
}

let challenge
try {
  await oauth.protectedResourceRequest(
    tokens.access_token, 'GET', new URL('/pets', issuer), undefined, undefined, options,
  )
} catch (failure) {
  if (!(failure instanceof oauth.WWWAuthenticateChallengeError)) throw failure
  challenge = failure.cause[0].parameters.error
}

say({
  error,
  scope: tokens.scope,
  expiresIn: tokens.expires_in,
  pets: pets.status,
  newAccessToken: refreshed.access_token !== tokens.access_token,
  afterRevocation: after,
  challenge,
})
process.exit(0)
