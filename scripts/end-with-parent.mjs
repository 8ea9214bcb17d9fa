/**
 * Ends a worker of Jest at once when Jest itself has been killed. Without it, the worker would go
 * on to the end of its test.
 */
if (/[\\/]jest-worker[\\/]/.test(process.argv[1] ?? "")) {
  const end = () => process.exit();
  process.once("disconnect", end);
  // A listener keeps the worker alive, so it must leave when Jest stops listening at its own end.
  process.on("removeListener", (event) => {
    if (event === "message") {
      process.off("disconnect", end);
    }
  });
}
