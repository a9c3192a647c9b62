import { bodies } from "./Bodies.ts"

/** The text of a response; null when it goes on for too long. `Bodies` holds it up where memory is short. */
export const responseText = async ({ body }: Response): Promise<string | null> => {
  let room = Promise.withResolvers<void>()
  room.resolve()
  const reading = bodies.open({
    pause: () => void (room = Promise.withResolvers<void>()),
    resume: () => room.resolve()
  })
  try {
    for await (const chunk of body ?? []) {
      if (!bodies.take(reading, chunk)) return null
      await room.promise
    }
    return bodies.whole(reading).toString()
  } finally {
    bodies.close(reading)
  }
}
