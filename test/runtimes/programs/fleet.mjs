// Where the servers are: each run of a program has its own. A Worker gets this module from its configuration.

export const fleet = JSON.parse(process.env.FLEET)
