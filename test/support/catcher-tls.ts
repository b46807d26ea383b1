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

// An authority of our own, and a certificate for localhost that it vouches for, from 2020 until 2126; the authority's key is gone.
// openssl req -x509 … -subj "/CN=Test Authority" -addext "basicConstraints=critical,CA:TRUE"; openssl ca … with subjectAltName=DNS:localhost,IP:127.0.0.1
export const privateAuthority = `-----BEGIN CERTIFICATE-----
MIIBVDCB+6ADAgECAgEBMAoGCCqGSM49BAMCMBkxFzAVBgNVBAMMDlRlc3QgQXV0
aG9yaXR5MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjYwMTAxMDAwMDAwWjAZMRcwFQYD
VQQDDA5UZXN0IEF1dGhvcml0eTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABKqd
YffpuTXR+e60EHccXyK9ribrDuveq9buCmn8z2D8XkMfEcisL11JYYwCW13lFBsB
oHdPpPqvadaffsSSNGKjMjAwMA8GA1UdEwEB/wQFMAMBAf8wHQYDVR0OBBYEFMvI
jgpTGemmWpf9F4BgebIOw9t+MAoGCCqGSM49BAMCA0gAMEUCICSIL+DFqYD2Hb5D
zSsUDwd4DIjXafq9U+4QSX7lDEINAiEAlcw0dmYkM3BOIfpNPVSlTXSzssX/0GOR
SpTZl+W2mJ8=
-----END CERTIFICATE-----
`;

export const vouchedKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgcpxLyBcqc7gQjz5b
tbeN7UANEu7OgFFMFjhmNRTw0iOhRANCAATN2E+kJBoajYwmm6U9sQuPDGyuxJq5
bvVYHk5oQUUAUizmGIseWN9SQEP4pHrk9vhXSOXMC7SDKY2O9TxJfJ/Y
-----END PRIVATE KEY-----
`;

export const vouchedCertificate = `-----BEGIN CERTIFICATE-----
MIIBhjCCAS2gAwIBAgIBAjAKBggqhkjOPQQDAjAZMRcwFQYDVQQDDA5UZXN0IEF1
dGhvcml0eTAgFw0yMDAxMDEwMDAwMDBaGA8yMTI2MDEwMTAwMDAwMFowFDESMBAG
A1UEAwwJbG9jYWxob3N0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEzdhPpCQa
Go2MJpulPbELjwxsrsSauW71WB5OaEFFAFIs5hiLHljfUkBD+KR65Pb4V0jlzAu0
gymNjvU8SXyf2KNpMGcwGgYDVR0RBBMwEYIJbG9jYWxob3N0hwR/AAABMAkGA1Ud
EwQCMAAwHQYDVR0OBBYEFM8ce+ed8EWYa0F/W6DYm+F4DkpbMB8GA1UdIwQYMBaA
FMvIjgpTGemmWpf9F4BgebIOw9t+MAoGCCqGSM49BAMCA0cAMEQCIGNv5shTnV+n
4p3G4sHQlr1S9WDHcK/TgEbneTMUbS11AiAYXnPA8hl6im5BPTkzVfH/tc5QzlMn
Tceoz+Pjb9H77A==
-----END CERTIFICATE-----
`;
