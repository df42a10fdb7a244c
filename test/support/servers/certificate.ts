/**
 * A certificate that nobody vouches for but itself, of localhost, checked.test and 127.0.0.1, until 2126. It was made by
 * `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500`, and is for tests only.
 */
export const certificate = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgiIsdRaa3GxD2Z/Kn
xC52wNgQiatpLL8WIHZOwOfPS0WhRANCAATY3wjTBaRoH6QqPiML0j7ylk4UF/yV
jO41erH+5lapdvKwwZEHqQkXLzTbbbE4rXYou5BqkX2Krtp/7p7ieTXG
-----END PRIVATE KEY-----
`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBsTCCAVegAwIBAgIUMabXf3vnJSRod7AH59Pezre2oIcwCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNZXZlbmtlZWwgdGVzdDAgFw0yNjExMjUxNDIwMzJaGA8yMTI2
MTEwMTE0MjAzMlowGDEWMBQGA1UEAwwNZXZlbmtlZWwgdGVzdDBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABNjfCNMFpGgfpCo+IwvSPvKWThQX/JWM7jV6sf7mVql2
8rDBkQepCRcvNNttsTitdii7kGqRfYqu2n/unuJ5NcajfTB7MB0GA1UdDgQWBBQZ
wIGXMAyGIW2wdU0yV77A54ivKzAfBgNVHSMEGDAWgBQZwIGXMAyGIW2wdU0yV77A
54ivKzAPBgNVHRMBAf8EBTADAQH/MCgGA1UdEQQhMB+CCWxvY2FsaG9zdIcEfwAA
AYIMY2hlY2tlZC50ZXN0MAoGCCqGSM49BAMCA0gAMEUCIQCmeMPJjLsXYGOZ9jKa
imHXsQ3Svh1JjIjpGVMb6NOEgAIgNr05/7oP+liJtoRDVN56ejRP8f8CIHhbJCOv
RUQuljg=
-----END CERTIFICATE-----
`,
}
