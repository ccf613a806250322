/** What signs every delivery, after the Standard Webhooks specification. `npx sst secret set SigningSecret whsec_...` */
export function secrets() {
  return { signingSecret: new sst.Secret("SigningSecret") };
}
