// Loaded into a child before its own program: the pipe that is its input closes when the demo is gone, however it went,
// and a companion that nobody knows of would hold its account.
process.stdin.on('close', () => process.kill(process.pid, 'SIGTERM'))
process.stdin.on('error', () => undefined)
process.stdin.resume()
process.stdin.unref()
