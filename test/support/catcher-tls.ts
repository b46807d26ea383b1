// A key that protects nothing and a certificate for localhost that nobody trusts, until the year 2126: for tests of TLS, and for nothing else.
// openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj "/CN=localhost" -addext "subjectAltName=DNS:localhost,IP:127.0.0.1"
export const testKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg/tV3XaRydvDyB04Q
6u0yBkWSFmQ2FojtDhVxdqZCs8KhRANCAATyJQ3fuXKMxpOK7MGu49DmcSIYdUUQ
Z6dHHV9tksRJwVtpIW5G/qgmH0dJvdCnjwOUKCVj71zV6SOGEU6c4k3K
-----END PRIVATE KEY-----
`;

export const testCertificate = `-----BEGIN CERTIFICATE-----
MIIBnDCCAUGgAwIBAgIURFu04VSt7qfOmwB+YDGKQrvUloYwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzIyNDcwNFoYDzIxMjYxMDMw
MjI0NzA0WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATyJQ3fuXKMxpOK7MGu49DmcSIYdUUQZ6dHHV9tksRJwVtpIW5G/qgm
H0dJvdCnjwOUKCVj71zV6SOGEU6c4k3Ko28wbTAdBgNVHQ4EFgQUli6o5YMbehEL
tnDAyKQqX5qFkREwHwYDVR0jBBgwFoAUli6o5YMbehELtnDAyKQqX5qFkREwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSQAwRgIhAKDse0rlTAVhRFzgig9KdKMlo37gGlDBz8HnALj2rRCYAiEA
x+9f2mWMaN5mPlRnW7g4m6eLvcUU2REBpsAN+iXSAVY=
-----END CERTIFICATE-----
`;
