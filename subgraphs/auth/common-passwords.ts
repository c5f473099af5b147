// Passwords of twelve and more characters that guessing programs try first, in the canonical form of password.rules.ts.
// Shorter ones are refused by their length; repetitions and sequences by rule.

export const commonPasswords: ReadonlySet<string> = new Set(
  `accountpassword adminadmin administrator administratorpassword adminpassword allmypasswords anotherpassword babygirlbabygirl
  basketball bitcoinbitcoin bitcoinwallet blockchainblockchain businessbabe butterflybutterfly changemeplease changepassword
  changethispassword cheesecheese chocolatechocolate christmaschristmas computercomputer correcthorsebatterystaple cryptocurrency
  cryptocrypto cryptowallet defaultpassword devilmaycry donaldtrump dragondragon elizabethtaylor enterpassword ethereumethereum
  footballfootball forgotpassword fuckyoufuckyou harrypotter helloworldhello hellohellohello helloworld highschoolmusical iamthebest
  iforgotmypassword ihatepasswords iloveyouforever iloveyousomuch iloveyouiloveyou iloveyou incorrectpassword internetpassword
  justinbieber letmeinletmein letmeinplease letmeinnow liverpoolfc lordoftherings loveyouforever manchesterunited masterpassword
  metallicametallica michaeljackson mothermother mypassword mypasswordispassword mypasswordis newpassword nopassword nothingelsematters
  onedirection opensesame passwordforever passwordismypassword passwordispassword password passwordpassword passwordsecret passwordspasswords
  passwort passwortpasswort pokemonpokemon princessprincess privatepassword qwertypassword rootroot samsungsamsung secretpassword
  secretsecret securepassword sexysexysexy spidermanspiderman starwarsstarwars strongpassword sunshinesunshine supermansuperman supersecret
  supersecretpassword temporarypassword temppassword testpassword testtesttest testtest thebeatles thisisapassword thisismypassword
  trustnoonetrustnoone trustno unbreakable universitypassword userpassword verysecurepassword wallet walletpassword welcome welcomehome
  welcomeback welcomepassword welcomewelcome whateverwhatever whatsmypassword yourpassword`.split(/\s+/),
);
