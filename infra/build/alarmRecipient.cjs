/**
 * A plugin of the Serverless Framework (osls) that warns, when `production` is deployed, that its alarms notify nobody. It
 * does not refuse: the topic may have a subscriber that is not an address.
 */
module.exports = class AlarmRecipient {
  constructor(serverless, _options, { log }) {
    this.hooks = {
      'before:deploy:deploy': () => {
        const { alarmEmail } = serverless.service.custom;
        if (alarmEmail || serverless.getProvider('aws').getStage() !== 'production') return;
        const warning = 'production has no alarmEmail (serverless.yml): no alarm of it is sent to anybody';
        log.warning(warning);
        if (process.env.GITHUB_ACTIONS) console.log(`::warning title=Silent alarms::${warning}`);
      },
    };
  }
};
