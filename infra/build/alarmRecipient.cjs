/**
 * A plugin of the Serverless Framework (osls) that warns if `production` is deployed without an address for its alarms.
 * It only warns, because the topic may have other subscribers.
 */
module.exports = class AlarmRecipient {
  constructor(serverless, _options, { log }) {
    this.hooks = {
      'before:deploy:deploy': () => {
        const { alarmEmail } = serverless.service.custom;
        if (alarmEmail || serverless.getProvider('aws').getStage() !== 'production') return;
        const warning = 'production has no alarmEmail (serverless.yml): its alarms are not sent to anyone';
        log.warning(warning);
        if (process.env.GITHUB_ACTIONS) console.log(`::warning title=Silent alarms::${warning}`);
      },
    };
  }
};
