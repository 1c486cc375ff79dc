// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {BlockhashRandomness} from "../src/BlockhashRandomness.sol";
import {Court} from "../src/Court.sol";
import {DcnToken} from "../src/DcnToken.sol";
import {DealEscrow} from "../src/DealEscrow.sol";
import {ICourt} from "../src/interfaces/ICourt.sol";

/// @dev The cheatcodes that a deployment needs: what follows is sent by the key given on the command line.
interface IBroadcast {
    function startBroadcast() external;
    function stopBroadcast() external;
    function readCallers() external view returns (uint8 mode, address sender, address origin);
    function getNonce(address account) external view returns (uint64);
    function computeCreateAddress(address deployer, uint256 nonce) external pure returns (address);
}

/// @title Puts the contracts on a chain with forge, for those who deploy with forge.
/// @notice `dcn network deploy` does the same and more: it resumes, reads back what it deployed and writes the network document. Without a token a DcnToken is deployed, whose whole supply
/// `holder` gets. The settings are those of `ICourt.Settings` in its order: stake, then windows in seconds.
///
/// forge script contracts/script/Deploy.s.sol --rpc-url URL --interactive --broadcast \
///   --sig 'run(address,address,uint256,uint256,(uint256,uint256,uint256,uint256,uint256))' \
///   TOKEN_OR_ZERO HOLDER MIN_WINDOW MIN_SEAT_FEE \
///   '(SEAT_STAKE,REVEAL_WINDOW,APPEAL_WINDOW,ACTIVATION,EXIT_DELAY)'
contract Deploy {
    struct Deployment {
        address token;
        address randomness;
        address court;
        address escrow;
    }

    IBroadcast private constant VM = IBroadcast(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint256 private constant SUPPLY = 1e27;
    /// @dev A seat risks 3 fees in a dispute: with less than 16 times that, a few disputes at once would empty the draw.
    uint256 private constant MIN_STAKE_FEES = 48;

    event Deployed(address token, address randomness, address court, address escrow);

    error StakeTooLow(uint256 seatStake, uint256 min);
    /// @notice Something else was deployed in between, so that the court knows an address that is not the escrow's.
    error Strangers(address court, address escrow);

    function run(
        address token,
        address holder,
        uint256 minWindow,
        uint256 minSeatFee,
        ICourt.Settings calldata settings
    ) external returns (Deployment memory d) {
        VM.startBroadcast();
        (, address sender,) = VM.readCallers();
        d = deploy(sender, token, holder, minWindow, minSeatFee, settings);
        VM.stopBroadcast();
        emit Deployed(d.token, d.randomness, d.court, d.escrow);
    }

    /// @param deployer whose nonce the new contracts' addresses come from
    /// @return d the token that is used, and what is new
    function deploy(
        address deployer,
        address token,
        address holder,
        uint256 minWindow,
        uint256 minSeatFee,
        ICourt.Settings calldata settings
    ) public returns (Deployment memory d) {
        if (settings.seatStake < MIN_STAKE_FEES * minSeatFee) {
            revert StakeTooLow(settings.seatStake, MIN_STAKE_FEES * minSeatFee);
        }
        d.token = token == address(0) ? address(new DcnToken(holder, SUPPLY)) : token;
        d.randomness = address(new BlockhashRandomness());
        // the court is the deployer's next contract, the escrow the one after it
        address next = VM.computeCreateAddress(deployer, VM.getNonce(deployer) + 1);
        d.court = address(new Court(next, d.randomness, settings));
        d.escrow = address(new DealEscrow(d.token, d.court, minWindow, minSeatFee));
        bool agree = address(ICourt(d.court).escrow()) == d.escrow && DealEscrow(d.escrow).court() == d.court;
        if (!agree) revert Strangers(d.court, d.escrow);
    }
}
