// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Gives coin and token to whoever its operator names. See docs/faucet.md.
/// @notice For private and test networks. Owner and amounts are fixed: to change one, withdraw and deploy another. Coin comes by a
/// plain transfer, tokens by a transfer of the token.
/// @dev What a stolen operator key can take is bounded here: `dripsPerDay` drips a day, one in `interval` for an account.
interface IFaucet {
    struct Settings {
        uint256 coin; // wei of one drip
        uint256 tokens; // smallest unit of one drip
        uint256 interval; // seconds between two drips to one account
        uint256 dripsPerDay; // in a UTC day, to all accounts together
    }

    /// @notice Coin and token went to an account, for the `turn`-th time, from 0 on.
    event Dripped(address indexed to, uint256 indexed turn, uint256 coin, uint256 tokens);
    event OperatorChanged(address operator);
    event Withdrawn(address to, uint256 coin, uint256 tokens);

    error NotOperator(address caller);
    error NotOwner(address caller);
    /// @notice An account cannot be given anything twice for one turn.
    error WrongTurn(address to, uint256 expected, uint256 actual);
    error TooSoon(address to, uint256 notBefore, uint256 now);
    error DaySpent(uint256 dripsPerDay);
    /// @notice There is less in it than one drip.
    error Dry(uint256 coin, uint256 tokens);
    error BadRecipient(address to);
    /// @notice The account is a contract that does not take coin.
    error CoinRefused(address to);
    error BadSettings(uint256 value, uint256 min, uint256 max);

    /// @notice Gives one drip of coin and token, both or neither.
    /// @param turn how often the account was given something before: a call that is sent again does nothing twice
    function drip(address to, uint256 turn) external;

    /// @notice Lets another account drip, and the one before no more; zero: nobody.
    function setOperator(address operator_) external;

    function withdraw(address to, uint256 coin, uint256 tokens) external;

    /// @return turn of the next drip to an account
    /// @return notBefore unix seconds
    function nextOf(address account) external view returns (uint256 turn, uint256 notBefore);

    /// @return drips that today still has, by the clock of the chain
    function leftToday() external view returns (uint256);

    function settings() external view returns (Settings memory);
    function token() external view returns (address);
    function owner() external view returns (address);
    function operator() external view returns (address);
}
