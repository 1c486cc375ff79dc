import { InvalidInputError, UserError } from '../../../protocols/common/errors.ts'
import { isInvite } from '../../config/convert.ts'
import type { HostSurvey } from '../../config/host/survey.ts'
import { type ConfigSources, type EffectiveConfig, effectiveConfig } from '../../config/load.ts'
import { valueAt } from '../../config/options.ts'
import type { Config } from '../../config/schema.ts'
import type { Dialogue } from './dialogue.ts'
import { type Answers, isAsked, promptOf, QUESTIONS, type Question, WAY } from './questions.ts'
import { complaint, hostText } from './setup-text.ts'

/** What is needed of the world beside the terminal: tests bring their own. */
export interface SetupWorld {
  survey(config: Config): Promise<HostSurvey>
  /** the name of the network of a file or an invite. @throws UserError when it is none */
  networkName(fileOrInvite: string): Promise<string>
}

/** Of a host that nobody asked about. */
const UNSEEN: HostSurvey = {
  host: { cpuModel: '', cpus: 0, memoryBytes: 0, diskFreeBytes: 0, gpus: { devices: [], problems: [] } },
  engines: []
}

/** Asks one question after another, each until its answer fits. */
export class Interview {
  readonly #dialogue: Dialogue
  readonly #given: EffectiveConfig
  readonly #sources: ConfigSources
  readonly #world: SetupWorld
  /** answers to questions that set something */
  readonly #chosen: Record<string, string> = {}
  #network = ''

  constructor(dialogue: Dialogue, given: EffectiveConfig, sources: ConfigSources, world: SetupWorld) {
    this.#dialogue = dialogue
    this.#given = given
    this.#sources = sources
    this.#world = world
  }

  async ask(): Promise<{ answers: Answers; chosen: Record<string, string>; network: string }> {
    const answers: Record<string, string> = { roles: this.#given.config.roles.join(',') }
    const isOpen = new Set(this.#given.values.filter(v => v.origin === 'default').map(v => v.key)).add(WAY)
    let survey = UNSEEN
    for (const question of QUESTIONS) {
      if (question.key === 'engines') survey = await this.#look(answers)
      if (!isOpen.has(question.key) || (answers['network'] !== undefined && question.key === 'network')) continue
      if (!isAsked(question, answers, survey)) continue
      const answer = await this.#answerTo(question, survey)
      answers[question.key] = answer
      // an invite instead of the word is an answer to both
      if (question.key === WAY && isInvite(answer)) Object.assign(answers, { [WAY]: 'join', network: answer })
    }
    return { answers, chosen: this.#chosen, network: this.#network }
  }

  async #look({ roles = '' }: Answers): Promise<HostSurvey> {
    if (!/provider|mediator/.test(roles)) return UNSEEN
    const survey = await this.#world.survey(this.#given.config)
    this.#dialogue.tell(`\nThis host has:\n${hostText(survey)}`)
    return survey
  }

  async #answerTo(question: Question, survey: HostSurvey): Promise<string> {
    for (;;) {
      const typed = (await this.#dialogue.ask(promptOf(question, survey))).trim()
      const fallback = question.fallback?.(survey)
      // as it is shown in the brackets
      const isLeft = typed === '' || (typed === 'none' && fallback === '')
      const answer = isLeft ? fallback : typed
      try {
        if (answer === undefined) throw new InvalidInputError('this has no default', { limit: 'an answer' })
        await this.#take(question, answer)
        return answer
      } catch (error) {
        if (!(error instanceof UserError)) throw error
        this.#dialogue.tell(complaint(error))
      }
    }
  }

  /** @throws UserError when it does not fit */
  async #take({ key }: Question, answer: string): Promise<void> {
    if (key === WAY) {
      if (isInvite(answer)) await this.#takeNetwork(answer)
      else if (answer !== 'join' && answer !== 'create')
        throw new InvalidInputError('way', { limit: 'join, create, or an invite dcn1…' })
    } else if (key === 'network') await this.#takeNetwork(answer)
    else if (answer !== '') this.#chosen[key] = this.#checked(key, answer)
    if (key === 'init') this.#network = answer
  }

  async #takeNetwork(answer: string): Promise<void> {
    const absolute = this.#checked('network', answer)
    this.#network = await this.#world.networkName(absolute)
    this.#chosen['network'] = absolute
  }

  /** The answer as a file elsewhere must have it. @throws InvalidInputError */
  #checked(key: string, answer: string): string {
    const flags = { ...this.#sources.flags, ...this.#chosen, [key]: answer }
    const { config } = effectiveConfig({ ...this.#sources, flags })
    return key === 'network' ? String(valueAt(config, key)) : answer
  }
}
